/** Says what fields have to do with each other even where single ones are wrong: all problems at once. */
export const always = { when: () => true };
