/** Reads a robot from URDF; what is malformed is refused with file and line, never guessed. */
import { readFileSync, statSync } from 'node:fs';
import { errorLine, SinewError } from '../core/error.js';
import type { Joint, Link, RobotDescription } from './robot_description.js';
import { readJoint } from './urdf_joints.js';
import { readLink, readMaterials } from './urdf_links.js';
import { orderTree } from './urdf_tree.js';
import { describe, UrdfValues } from './urdf_values.js';
import { MAX_XML_BYTES, readXml, type XmlElement } from './xml_document.js';

/**
 * The robot in `xml`. Elements that sinew does not know (transmissions, simulator extensions) are
 * skipped; link, joint and material elements only count directly under `<robot>`.
 *
 * @param file name for error lines
 * @throws SinewError with `file:line`: not a robot, names that are missing or doubled, joints that
 *   do not form one tree, limits that are missing or inverted, numbers that are not finite, and all
 *   that `readXml` refuses
 */
export function parseUrdf(xml: string, file: string): RobotDescription {
  const read = new UrdfValues(file);
  const robot = readXml(xml, file);
  if (robot.name !== 'robot') throw read.fail(robot, `root element <${robot.name}>`, '<robot>');
  const materials = readMaterials(robot, read);
  const links = new Map<string, Link>();
  const joints = new Map<string, Joint>();
  const add = <T extends { name: string }>(to: Map<string, T>, item: T, element: XmlElement) => {
    if (to.has(item.name)) throw read.fail(element, `a second ${describe(element)}`);
    to.set(item.name, item);
  };
  for (const element of robot.children) {
    if (element.name === 'link') add(links, readLink(element, materials, read), element);
    if (element.name === 'joint') add(joints, readJoint(element, read), element);
  }
  const tree = orderTree(links, joints, file);
  return { name: read.text(robot, 'name'), file, root: tree.root, links, joints: tree.joints };
}

/** `parseUrdf` of a file; its size is looked at before it is read. */
export function loadUrdf(file: string): RobotDescription {
  let xml: string;
  try {
    const { size } = statSync(file);
    if (size > MAX_XML_BYTES) {
      throw new SinewError(`the file is too large (${size} bytes)`, {
        expected: `at most ${MAX_XML_BYTES} bytes`,
      });
    }
    xml = readFileSync(file, 'utf8');
  } catch (error) {
    throw new SinewError(`cannot read the robot description: ${errorLine(error)}`, { where: file });
  }
  return parseUrdf(xml, file);
}
