"""What the machine does while it paints: load, memory, temperature, power, and energy in all.

No Qt, no torch. `open_sensor` gives the one for this machine.
"""

from studio.readout.energy import EnergyMeter
from studio.readout.reading import Reading, Sensor
from studio.readout.sensors import open_sensor

__all__ = ["EnergyMeter", "Reading", "Sensor", "open_sensor"]
