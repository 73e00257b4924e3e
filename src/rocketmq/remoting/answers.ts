/** What those that answer say, in order; rejects with the first failure where none does. */
export async function ofThoseThatAnswer<T>(asked: readonly Promise<T>[]): Promise<T[]> {
  const answers = await Promise.allSettled(asked);
  const good = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (good.length === 0 && failed !== undefined) throw failed.reason;
  return good;
}
