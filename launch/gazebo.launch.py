"""
Start gz-sim, ros_gz_bridge, gz_ros2_control, policy and controller: the arm moves in Gazebo.

Wants ros_gz_sim, ros_gz_bridge, gz_ros2_control, robot_state_publisher and the ros2_controllers of
the distribution. Activate with `ros2 lifecycle set /policy activate` and the same for /controller.

Example: ros2 launch sinew gazebo.launch.py flavour:=harmonic
"""

import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from launch import LaunchDescription  # noqa: E402
from launch.actions import DeclareLaunchArgument, ExecuteProcess, OpaqueFunction  # noqa: E402
from launch.substitutions import LaunchConfiguration  # noqa: E402
from launch_ros.actions import Node  # noqa: E402
from sinew_launch import describe, ROOT  # noqa: E402

CONFIG = os.path.join('config', 'gazebo_ros.yaml')
CONTROLLERS = os.path.join(ROOT, 'config', 'gazebo', 'so101_controllers.yaml')
BRIDGE = os.path.join(ROOT, 'config', 'gazebo', 'ros_gz_bridge.yaml')


def _sinew(*arguments):
    """Run a command of sinew and return what it prints."""
    program = [os.path.join(ROOT, 'bin', 'sinew.mjs'), 'gazebo', *arguments]
    return subprocess.run(['node', *program], check=True, capture_output=True, text=True).stdout


def _simulation(context):
    """Describe everything but sinew's own processes."""
    config = LaunchConfiguration('config').perform(context)
    flavour = LaunchConfiguration('flavour').perform(context)
    wanted = ['--config', config, '--flavour', flavour]
    world = os.path.join(tempfile.mkdtemp(prefix='sinew-gazebo-'), 'world.sdf')
    _sinew('world', *wanted, '--ros2-control', CONTROLLERS, '--output', world)
    urdf = _sinew('urdf', *wanted)
    server = ['ign', 'gazebo'] if flavour == 'fortress' else ['gz', 'sim']
    sim_time = {'use_sim_time': True}
    spawners = [
        Node(package='controller_manager', executable='spawner', arguments=[name])
        for name in ('joint_state_broadcaster', 'forward_position_controller')
    ]
    return [
        ExecuteProcess(cmd=[*server, '-r', '-s', '--headless-rendering', world], output='screen'),
        Node(
            package='robot_state_publisher',
            executable='robot_state_publisher',
            parameters=[{'robot_description': urdf}, sim_time],
        ),
        Node(
            package='ros_gz_bridge',
            executable='parameter_bridge',
            parameters=[{'config_file': BRIDGE}, sim_time],
        ),
        *spawners,
    ]


def generate_launch_description():
    """Describe the launch for ros2 launch."""
    sinew = describe(CONFIG, [('policy', 10), ('controller', 0)])
    return LaunchDescription([
        DeclareLaunchArgument(
            'flavour', default_value='harmonic', description='fortress, harmonic, ionic or jetty'
        ),
        *sinew.entities,
        OpaqueFunction(function=_simulation),
    ])
