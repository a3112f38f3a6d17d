"""What the launch files share: sinew's processes as launch actions, without a supervisor."""

import os
import time

import yaml
from launch import LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    ExecuteProcess,
    LogInfo,
    OpaqueFunction,
    SetEnvironmentVariable,
    Shutdown,
    TimerAction,
)
from launch.substitutions import LaunchConfiguration

# launch/ lies beside dist/ and config/, in a checkout as in an installed package.
ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))

# Fast DDS 2 and 3 read the profile from variables of different names.
PROFILE_VARIABLES = {
    'humble': 'FASTRTPS_DEFAULT_PROFILES_FILE',
    'jazzy': 'FASTRTPS_DEFAULT_PROFILES_FILE',
}

# A process that fails this often within so many seconds fails for a reason that stays.
GIVE_UP = {'failures': 5, 'window_s': 30.0}
RESTART_DELAY_S = 1.0


def _environment():
    """Set what `npx sinew` would set, but nothing that the user has set."""
    distro = os.environ.get('ROS_DISTRO', '')
    profile = PROFILE_VARIABLES.get(distro, 'FASTDDS_DEFAULT_PROFILES_FILE')
    wanted = {profile: os.path.join(ROOT, 'config', 'fastdds.xml')}
    if distro == 'humble':
        wanted['ROS_LOCALHOST_ONLY'] = '1'
    elif 'ROS_LOCALHOST_ONLY' not in os.environ:
        wanted['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
    return [
        SetEnvironmentVariable(name, value)
        for name, value in wanted.items()
        if name not in os.environ
    ]


def _process(name, nice, path):
    """
    Start one process of sinew, and again after it dies, unless it keeps failing.

    Niceness leaves the processor to the controller; threads inherit it when they begin. `respawn`
    would not do: it cannot tell the process that it is not the first one. What is started later has
    the environment of now, as a launch that includes this one may take its own back.

    :param path: of the set-up file
    """
    prefix = ['nice', '-n', str(nice)] if nice else []
    module = os.path.join(ROOT, 'dist', 'app', f'{name}.js')
    environment = dict(os.environ)
    failures = []

    def start(*arguments):
        return ExecuteProcess(
            cmd=[*prefix, 'node', module, '--config', path, *arguments],
            env=environment,
            name=name,
            output='screen',
            on_exit=ended,
        )

    def ended(event, context):
        if context.is_shutdown:
            return None
        if event.returncode != 0:
            now = time.monotonic()
            failures[:] = [then for then in failures if now - then < GIVE_UP['window_s']] + [now]
            if len(failures) >= GIVE_UP['failures']:
                why = f'{event.process_name} keeps failing; its last line says why'
                return [Shutdown(reason=why)]
        return [TimerAction(period=RESTART_DELAY_S, actions=[start('--restarted')])]

    return start()


def _processes(context, processes):
    """Start the processes, but no policy where the set-up has none: operators need none."""
    path = LaunchConfiguration('config').perform(context)
    try:
        with open(path, encoding='utf-8') as file:
            sections = yaml.safe_load(file)
    except (OSError, yaml.YAMLError):
        sections = None  # The processes say what is wrong with it.
    if not isinstance(sections, dict) or 'policy' in sections:
        return [_process(name, nice, path) for name, nice in processes]
    return [
        LogInfo(msg=f'{path} has no section "policy": no policy process is started'),
        *[_process(name, nice, path) for name, nice in processes if name != 'policy'],
    ]


def describe(config, processes, robots=()):
    """
    Describe a launch.

    :param config: default of the launch argument `config`, relative to the package; with `robots`
        what follows the robot's name in it
    :param processes: (name, niceness) of each process, in their order
    :param robots: what the launch argument `robot` may be, its default first
    """
    named = [
        DeclareLaunchArgument(
            'robot',
            default_value=robots[0],
            choices=list(robots),
            description='robot profile whose set-up in config/ is taken, without a `config`',
        )
    ] if robots else []
    folder = os.path.join(ROOT, 'config', '')
    chosen = [folder, LaunchConfiguration('robot'), config] if robots else os.path.join(ROOT, config)
    return LaunchDescription([
        *named,
        DeclareLaunchArgument(
            'config',
            default_value=chosen,
            description='set-up file of the cell (docs/configuration.md)',
        ),
        *_environment(),
        OpaqueFunction(function=_processes, args=[processes]),
    ])
