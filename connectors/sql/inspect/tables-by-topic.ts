/** The tables that the template names for these topics; null where the records decide. */
export function tablesByTopic(template: string, topics: readonly string[]): readonly string[] | null {
  if (template.replaceAll('{topic}', '').includes('{')) return null;
  return [...new Set(topics.map((topic) => template.replaceAll('{topic}', () => topic)))];
}
