/** Has a JVM leave in that folder what it leaves: logs, and libraries and keys that it unpacks where others would keep them in /tmp. */
export const jvmHome = (folder: string): readonly string[] => [
  `-Duser.home=${folder}`,
  `-Djava.io.tmpdir=${folder}`,
];
