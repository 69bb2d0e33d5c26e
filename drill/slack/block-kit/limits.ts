/**
 * Every length and count that Slack puts on blocks and views, in one table, so
 * that a limit is changed in one line and can be compared with the reference.
 *
 * Lengths are UTF-16 units: Slack does not document how it counts characters
 * outside the basic plane, and this is the count that refuses earliest.
 */
export const LIMITS = {
  blocks: { message: 50, modal: 100, home: 100 },
  viewBytes: 250_000,
  id: 255,
  text: 3000,
  sectionFields: 10,
  sectionField: 2000,
  header: 150,
  contextElements: 10,
  actionsElements: 25,
  imageAltText: 2000,
  imageTitle: 2000,
  url: 3000,
  buttonText: 75,
  buttonValue: 2000,
  accessibilityLabel: 75,
  optionText: 75,
  optionValue: 75,
  optionDescription: 75,
  choices: 10,
  overflowOptions: 5,
  selectOptions: 100,
  optionGroups: 100,
  placeholder: 150,
  inputLabel: 2000,
  inputHint: 2000,
  plainTextInput: 3000,
  confirm: { title: 100, text: 300, button: 30 },
  viewTitle: 24,
  viewButton: 24,
  privateMetadata: 3000,
  viewStack: 3,
} as const;
