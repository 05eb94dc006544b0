"""Which sensor this machine's pictures are to be measured with."""

from __future__ import annotations

import os
from collections.abc import Mapping

from studio.readout.reading import Sensor


def open_sensor(environment: Mapping[str, str] = os.environ) -> Sensor:
    """The NVIDIA card's where there is one and nvidia-ml-py is installed, else the CPU's."""
    # The window's first paint doesn't wait for psutil.
    from studio.readout.nvidia import find_card
    from studio.readout.processor import ProcessorSensor

    return find_card(environment) or ProcessorSensor()
