/** What parts of a lag are shown as well. */
export type By = 'topic' | 'queue';
