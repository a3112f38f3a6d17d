"""
Start gz-sim, ros_gz_bridge, gz_ros2_control and sinew with its Gazebo bridge on the ROS route.

The bridge process gives the simulator's topics and services, so that `sinew eval --attach` works here
as with MuJoCo. Wants the packages of gazebo.launch.py; a ros_gz_bridge that carries the services of
models (1.0.11 of Jazzy and later).

Example: ros2 launch sinew gazebo_bridge.launch.py flavour:=harmonic
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from gazebo_parts import flavour_argument, simulation  # noqa: E402
from launch import LaunchDescription  # noqa: E402
from launch.actions import OpaqueFunction  # noqa: E402
from sinew_launch import describe  # noqa: E402

CONFIG = os.path.join('config', 'gazebo_route.yaml')
NAMESPACE = '/gazebo'
SERVICES = [
    '/world/sinew/control@ros_gz_interfaces/srv/ControlWorld',
    '/world/sinew/create@ros_gz_interfaces/srv/SpawnEntity',
    '/world/sinew/remove@ros_gz_interfaces/srv/DeleteEntity',
    '/world/sinew/set_pose@ros_gz_interfaces/srv/SetEntityPose',
]


def generate_launch_description():
    """Describe the launch for ros2 launch."""
    sinew = describe(CONFIG, [('gazebo', 5), ('policy', 10), ('controller', 0)])
    wanted = {'bridge': 'ros_gz_route.yaml', 'namespace': NAMESPACE, 'services': SERVICES}
    return LaunchDescription([
        flavour_argument(),
        *sinew.entities,
        OpaqueFunction(function=simulation, kwargs=wanted),
    ])
