/** The one argument of this program: an object as JSON, made by `startProgram` with what the program asks for. */
export function argument(): unknown {
  const [text] = process.argv.slice(2);
  if (text === undefined) throw new Error('this program is started by the benchmark');
  return JSON.parse(text);
}
