"""ControlNets and T2I-adapters: networks that look at pictures and add to what a UNet does."""
