#!/usr/bin/env node
// Makes the message packages of ros2_control where ROS 2 lacks them:
// `node scripts/ros2_control_messages.mjs`.
import { pathToFileURL } from 'node:url';
import { makeMessages, makeMessagesCommand } from './message_packages.mjs';

const SET = { name: 'ros2_control', packages: ['control_msgs', 'controller_manager_msgs'] };

/** @param {(line: string) => void} log */
export const makeRos2ControlMessages = (log) => makeMessages(SET, log);

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await makeMessagesCommand(SET);
}
