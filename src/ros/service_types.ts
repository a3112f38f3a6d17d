/**
 * The ROS 2 services that sinew offers and calls, field for field as in their `.srv` files, and the
 * map from type name to request and response.
 */
import type { Stamp } from './stamp.js';

export type Empty = Record<string, never>;

export interface Outcome {
  success: boolean;
  message: string;
}

export interface IdAndLabel {
  id: number;
  label: string;
}

/** lifecycle_msgs/TransitionDescription */
export interface TransitionDescription {
  transition: IdAndLabel;
  start_state: IdAndLabel;
  goal_state: IdAndLabel;
}

/** rcl_interfaces/ParameterValue; only the field that `type` names counts. */
export interface ParameterValueMessage {
  type: number;
  bool_value: boolean;
  integer_value: bigint | number;
  double_value: number;
  string_value: string;
  byte_array_value: ArrayLike<number>;
  bool_array_value: ArrayLike<boolean>;
  integer_array_value: ArrayLike<bigint | number>;
  double_array_value: ArrayLike<number>;
  string_array_value: ArrayLike<string>;
}

export interface ParameterMessage {
  name: string;
  value: ParameterValueMessage;
}

/** rcl_interfaces/ParameterDescriptor */
export interface ParameterDescriptorMessage {
  name: string;
  type: number;
  description: string;
  additional_constraints: string;
  read_only: boolean;
  dynamic_typing: boolean;
  floating_point_range: { from_value: number; to_value: number; step: number }[];
  integer_range: { from_value: bigint; to_value: bigint; step: bigint }[];
}

export interface SetParametersResult {
  successful: boolean;
  reason: string;
}

export interface ParameterEventMessage {
  stamp: Stamp;
  node: string;
  new_parameters: ParameterMessage[];
  changed_parameters: ParameterMessage[];
  deleted_parameters: ParameterMessage[];
}

/** controller_manager_msgs/ControllerState; what the distributions do not share is left out. */
export interface ControllerStateMessage {
  name: string;
  state: string;
  type: string;
  claimed_interfaces: string[];
  required_command_interfaces: string[];
  required_state_interfaces: string[];
}

/** ros_gz_interfaces/Entity; `type` 2 is a model. */
export interface GazeboEntityMessage {
  id: bigint;
  name: string;
  type: number;
}

/** geometry_msgs/Pose */
export interface PoseMessage {
  position: { x: number; y: number; z: number };
  orientation: { x: number; y: number; z: number; w: number };
}

/** Request and response of each service by ROS type name. */
export interface ServiceTypes {
  'std_srvs/srv/SetBool': { request: { data: boolean }; response: Outcome };
  'std_srvs/srv/Trigger': { request: Empty; response: Outcome };
  'lifecycle_msgs/srv/ChangeState': {
    request: { transition: IdAndLabel };
    response: { success: boolean };
  };
  'lifecycle_msgs/srv/GetState': { request: Empty; response: { current_state: IdAndLabel } };
  'lifecycle_msgs/srv/GetAvailableStates': {
    request: Empty;
    response: { available_states: IdAndLabel[] };
  };
  'lifecycle_msgs/srv/GetAvailableTransitions': {
    request: Empty;
    response: { available_transitions: TransitionDescription[] };
  };
  'controller_manager_msgs/srv/ListControllers': {
    request: Empty;
    response: { controller: ControllerStateMessage[] };
  };
  'controller_manager_msgs/srv/LoadController': {
    request: { name: string };
    response: { ok: boolean };
  };
  'controller_manager_msgs/srv/ConfigureController': {
    request: { name: string };
    response: { ok: boolean };
  };
  'controller_manager_msgs/srv/SwitchController': {
    request: {
      activate_controllers: string[];
      deactivate_controllers: string[];
      strictness: number;
      activate_asap: boolean;
      timeout: Stamp;
    };
    /** `message` is missing in Humble. */
    response: { ok: boolean; message?: string };
  };
  'ros_gz_interfaces/srv/ControlWorld': {
    request: {
      world_control: {
        pause: boolean;
        step: boolean;
        multi_step: number;
        reset: { all: boolean; time_only: boolean; model_only: boolean };
        seed: number;
        run_to_sim_time: Stamp;
      };
    };
    response: { success: boolean };
  };
  'ros_gz_interfaces/srv/SpawnEntity': {
    request: {
      entity_factory: {
        name: string;
        allow_renaming: boolean;
        sdf: string;
        sdf_filename: string;
        clone_name: string;
        pose: PoseMessage;
        relative_to: string;
      };
    };
    response: { success: boolean };
  };
  'ros_gz_interfaces/srv/DeleteEntity': {
    request: { entity: GazeboEntityMessage };
    response: { success: boolean };
  };
  'ros_gz_interfaces/srv/SetEntityPose': {
    request: { entity: GazeboEntityMessage; pose: PoseMessage };
    response: { success: boolean };
  };
  'rcl_interfaces/srv/GetParameters': {
    request: { names: string[] };
    response: { values: ParameterValueMessage[] };
  };
  'rcl_interfaces/srv/GetParameterTypes': {
    request: { names: string[] };
    response: { types: Uint8Array };
  };
  'rcl_interfaces/srv/ListParameters': {
    request: { prefixes: string[]; depth: bigint | number };
    response: { result: { names: string[]; prefixes: string[] } };
  };
  'rcl_interfaces/srv/DescribeParameters': {
    request: { names: string[] };
    response: { descriptors: ParameterDescriptorMessage[] };
  };
  'rcl_interfaces/srv/SetParameters': {
    request: { parameters: ParameterMessage[] };
    response: { results: SetParametersResult[] };
  };
  'rcl_interfaces/srv/SetParametersAtomically': {
    request: { parameters: ParameterMessage[] };
    response: { result: SetParametersResult };
  };
}

export type ServiceName = keyof ServiceTypes;
