"""The phone: forms at 360 pixels for the baseline survey and for residents' satisfaction."""
