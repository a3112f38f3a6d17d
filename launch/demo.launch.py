"""
Simulator, policy and controller of the demonstration, as `npx sinew up` starts them.

Example: ros2 launch sinew demo.launch.py
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from sinew_launch import describe  # noqa: E402


def generate_launch_description():
    """Describe the launch for ros2 launch."""
    processes = [('simulator', 5), ('policy', 10), ('controller', 0)]
    return describe(os.path.join('config', 'demo.yaml'), processes)
