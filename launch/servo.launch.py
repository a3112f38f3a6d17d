"""
Servo driver, policy and controller of arms of bus servos on serial ports.

Example: ros2 launch sinew servo.launch.py robot:=so101
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from sinew_launch import describe  # noqa: E402


def generate_launch_description():
    """Describe the launch for ros2 launch."""
    processes = [('servo', 0), ('policy', 10), ('controller', 0)]
    return describe('_servo.yaml', processes, ['so101', 'koch', 'aloha'])
