import { join } from 'node:path';
import { compileJava } from '../../test/rig/java.js';
import { jvmHome } from '../../test/rig/jvm-home.js';
import { ownedFolder } from '../../test/rig/owned.js';
import { projectRoot } from '../../test/rig/project.js';
import { rocketmqJars } from '../../test/rig/rocketmq/jars.js';
import { startMeasured, type MeasuredProcess } from '../measured-process.js';

let compiled: Promise<{ classPath: string; home: string }> | undefined;

async function compile(): Promise<{ classPath: string; home: string }> {
  const classPath = await compileJava(join(projectRoot, 'bench/java'), await rocketmqJars());
  return { classPath, home: await ownedFolder('java') };
}

/** Starts one of `bench/java/`, with the JVM's own settings but for its heap. */
export async function startJava(
  main: 'BatchSend' | 'LitePull',
  args: readonly string[],
  onOutput?: (text: string) => void,
): Promise<MeasuredProcess> {
  compiled ??= compile();
  const { classPath, home } = await compiled;
  const java = ['-Xmx1G', '-XX:+UseG1GC', ...jvmHome(home), '-cp', classPath, main, ...args];
  return startMeasured('java', java, { cwd: home, ...(onOutput === undefined ? {} : { onOutput }) });
}
