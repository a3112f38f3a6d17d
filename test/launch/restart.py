"""
Drives the restarts of launch/sinew_launch.py without ROS 2's launch: prints what came of them.

`launch` is in no wheel of ROS 2, so stand-ins take the place of its actions here: each keeps what it
was constructed with. Argument: the folder launch/.
"""

import json
import sys
import types

CLASSES = {
    'launch': ['LaunchDescription'],
    'launch.actions': [
        'DeclareLaunchArgument',
        'ExecuteProcess',
        'LogInfo',
        'OpaqueFunction',
        'SetEnvironmentVariable',
        'Shutdown',
        'TimerAction',
    ],
    'launch.substitutions': ['LaunchConfiguration'],
}


class Recorded:
    """A stand-in for an action."""

    def __init__(self, *args, **kwargs):
        self.args = args
        self.kwargs = kwargs


for module_name, names in CLASSES.items():
    module = types.ModuleType(module_name)
    for name in names:
        setattr(module, name, type(name, (Recorded,), {}))
    sys.modules[module_name] = module
try:
    import yaml  # noqa: F401
except ImportError:
    sys.modules['yaml'] = types.ModuleType('yaml')

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import sinew_launch  # noqa: E402


class Clock:
    """In place of `time`."""

    now = 100.0

    def monotonic(self):
        return self.now


clock = sinew_launch.time = Clock()
RUNNING = types.SimpleNamespace(is_shutdown=False)
ENDING = types.SimpleNamespace(is_shutdown=True)


def end(process, code, context=RUNNING):
    """Let a process end; gives what launch would do then."""
    event = types.SimpleNamespace(returncode=code, process_name='controller-1')
    return process.kwargs['on_exit'](event, context)


def told(answer):
    """What was answered, in words, and the process that is started by it."""
    if answer is None:
        return None, None
    (action,) = answer
    kind = type(action).__name__
    if kind == 'Shutdown':
        return [kind, action.kwargs['reason']], None
    (process,) = action.kwargs['actions']
    return [kind, action.kwargs['period'], process.kwargs['cmd'][-1]], process


def run(code, pause, times):
    """End a process and those in its place, `times` in all, each `pause` seconds after it began."""
    process = sinew_launch._process('controller', 0, 'cell.yaml')
    answers = []
    for _ in range(times):
        clock.now += pause
        answer, process = told(end(process, code))
        answers.append(answer)
        if process is None:
            break
    return answers


first = sinew_launch._process('controller', 0, 'cell.yaml')
nice = sinew_launch._process('policy', 10, 'cell.yaml')
_, second = told(end(first, 1))
print(json.dumps({
    'first': first.kwargs['cmd'],
    'nice': nice.kwargs['cmd'][:3],
    'second': second.kwargs['cmd'],
    'same': {key: first.kwargs[key] == second.kwargs[key] for key in ('env', 'name', 'output')},
    'clean': run(code=0, pause=1.0, times=8),
    'often': run(code=1, pause=5.0, times=8),
    'seldom': run(code=1, pause=8.0, times=8),
    'ending': [end(first, 0, ENDING), end(first, 1, ENDING)],
}))
