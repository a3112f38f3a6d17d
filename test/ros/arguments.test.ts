import { describe, expect, it } from 'vitest';
import { splitRosArguments } from '../../src/ros/arguments.js';

describe('splitRosArguments', () => {
  it.each([
    ['a --b', 'a --b', ''],
    ['--config x --ros-args -r __node:=y', '--config x', '--ros-args -r __node:=y'],
    ['--ros-args -p a:=1 -- --config x', '--config x', '--ros-args -p a:=1 --'],
    ['--ros-args a -- b --ros-args c', 'b', '--ros-args a -- --ros-args c'],
    ['a -- b', 'a -- b', ''],
  ])('parts "%s"', (line, program, ros) => {
    const words = (text: string) => text.split(' ').filter((word) => word !== '');
    expect(splitRosArguments(words(line))).toEqual({ program: words(program), ros: words(ros) });
  });
});
