"""
Servo driver, policy and controller of an arm of bus servos on a serial port.

Example: ros2 launch sinew servo.launch.py config:=config/so101_servo.yaml
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from sinew_launch import describe  # noqa: E402


def generate_launch_description():
    """Describe the launch for ros2 launch."""
    processes = [('servo', 0), ('policy', 10), ('controller', 0)]
    return describe(os.path.join('config', 'so101_servo.yaml'), processes)
