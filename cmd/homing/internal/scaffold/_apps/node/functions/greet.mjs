import { Problem } from "../problem.mjs";

/** Greets a person. */
export default function greet(data) {
  if (!data?.name) {
    throw new Problem(422, "the name is missing");
  }
  return { text: `Hello, ${data.name}` };
}
