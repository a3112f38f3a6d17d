#!/usr/bin/env node
// Makes the message package of ros_gz where ROS 2 lacks it: `node scripts/ros_gz_messages.mjs`.
import { pathToFileURL } from 'node:url';
import { makeMessages, makeMessagesCommand } from './message_packages.mjs';

const SET = { name: 'ros_gz', packages: ['ros_gz_interfaces'] };

/** @param {(line: string) => void} log */
export const makeRosGzMessages = (log) => makeMessages(SET, log);

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await makeMessagesCommand(SET);
}
