/** Six emulated servos in a process of their own, with the timing of a wire, for the benchmark. */
import { EmulatedBus } from '../../src/hardware/emulator/emulated_bus.js';
import { EmulatedServo } from '../../src/hardware/emulator/emulated_servo.js';
import { ServoEmulator } from '../../src/hardware/emulator/servo_emulator.js';
import { servoModel } from '../../src/hardware/registers/models.js';

const model = servoModel(process.argv[2] ?? 'sts3215');
const servos = [1, 2, 3, 4, 5, 6].map((id) => new EmulatedServo(model, id));
for (const servo of servos) {
  const { return_delay: delay, baud_rate: baud } = model.registers;
  const million = [...model.baudRates].find(([, rate]) => rate === 1_000_000)?.[0] ?? 0;
  servo.write(delay.address, Uint8Array.of(0));
  servo.write(baud.address, Uint8Array.of(million));
}
const emulator = new ServoEmulator(new EmulatedBus(model.protocol, servos), { timing: 'wire' });
process.on('disconnect', () => process.exit(0));
process.send?.(emulator.path);
