import { Handlers, type Client } from "./client.js";
import { PosPluginSdkError } from "./errors.js";

interface BaseInput {
  id: string;
  label: string;
  required: boolean;
}
/** One of several values to choose. */
export interface InputValue {
  id: string;
  label: string;
}
/** A line of text. */
export interface TextInput extends BaseInput {
  type: "text";
  default: string;
  placeholder?: string;
  /** The most characters. Madang's own: other tills take any text. */
  lengthMax?: number;
  candidates?: { text: string; value: string }[];
}
/** A number. */
export interface NumberInput extends BaseInput {
  type: "number";
  default: number;
  placeholder?: string;
  /** The least it may be. Madang's own: other tills take any number. */
  min?: number;
  /** The most it may be. Madang's own, too. */
  max?: number;
  candidates?: { text: string; value: number }[];
}
/** Text that is not shown. */
export interface PasswordInput extends BaseInput {
  type: "password";
  default: string;
  placeholder?: string;
}
/** One of several. */
export interface RadioInput extends BaseInput {
  type: "radio";
  values: InputValue[];
  default: string;
}
/** Any of several. */
export interface CheckBoxInput extends BaseInput {
  type: "checkbox";
  values: InputValue[];
  default: string[];
}
/** On or off. */
export interface ToggleInput extends BaseInput {
  type: "toggle";
  default: boolean;
}
/** A number between two. */
export interface SliderInput extends BaseInput {
  type: "slider";
  default: number;
  min: number;
  max: number;
  step: number;
}
/** A button among the inputs. */
export interface ButtonInput {
  id: string;
  text: string;
  type: "primary" | "danger" | "dark";
}
/** Any input of a form. */
export type PluginInputs = TextInput | NumberInput | PasswordInput | RadioInput | CheckBoxInput | ToggleInput | SliderInput | ButtonInput;
/** A button that ends a form. */
export interface CtaInput {
  type: "cta";
  id: string;
  text: string;
  ctaType: "primary" | "danger" | "dark";
}
/** What an input may hold. */
export type SettingValue = string | number | boolean | string[] | undefined;

/** The plugin's settings, entered by staff. Permission `setting = ["use"]`. */
export interface SettingTypes {
  /**
   * Declares the form; values of inputs that stay are kept. Rejects when an input is malformed or an id stands twice.
   * @example await posPluginSdk.setting.setInputs([{ type: "number", id: "limit", label: "한도", required: true, default: 100_000 }]);
   */
  setInputs(inputs: PluginInputs[]): Promise<void>;
  /**
   * The values by input id, the default where staff entered none.
   * @example const { limit } = await posPluginSdk.setting.getValues<{ limit: number }>();
   */
  getValues<T extends Record<string, SettingValue> = Record<string, SettingValue>>(): Promise<T>;
  /**
   * Staff saved the form; read the values again. A second call replaces the first.
   * @example posPluginSdk.setting.on("change", () => void readSettings());
   */
  on(event: "change", cb: () => void): void;
}

/** @internal */
export function createSetting(client: Client): SettingTypes {
  const handlers = new Handlers<() => void>();
  client.onEvent("setting.change.event", () => handlers.of("change")?.());
  return {
    async setInputs(inputs) {
      await client.request("setting.set-inputs.request", byId(inputs));
    },
    async getValues<T>() {
      return (await client.request("setting.values.request", {}))["settings"] as T;
    },
    on: (event, cb) => handlers.set(event, cb),
  };
}

function byId(inputs: PluginInputs[]): Record<string, PluginInputs> {
  const ids = inputs.map((input) => input.id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new PosPluginSdkError(`setting.setInputs: the id '${twice}' stands twice; every input needs its own`);
  return Object.fromEntries(inputs.map((input) => [input.id, input]));
}
