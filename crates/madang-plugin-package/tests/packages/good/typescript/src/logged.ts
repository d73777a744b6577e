export function logged(_target: object, name: string, descriptor: PropertyDescriptor): void {
  const run = descriptor.value as (...args: unknown[]) => unknown;
  descriptor.value = function (...args: unknown[]) {
    console.log(`calls ${name}`);
    return run.apply(this, args);
  };
}
