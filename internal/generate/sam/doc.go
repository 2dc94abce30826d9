// Package sam writes the SAM template that deploys chains on AWS Lambda, and
// computes what a call costs there. [Template] is what `homing generate sam` calls.
//
// One template has all shapes that a chain can have; its parameter Shape
// chooses at deployment:
//
//   - inline: the adapter's function runs all steps;
//   - vertex: the adapter, and one function that runs all steps;
//   - split: the adapter, and a function for each step.
//
// In every shape a function named failure takes the events that another one
// could not work on. The template of this project's own chain.yaml is checked
// in at the root, where the SAM CLI looks for it; a test holds it to be what
// would be written today, and others hold it to what the code needs: the
// environment that each role reads, and the operations that it calls.
//
// The text of the template is in the folder template. The same chains produce the
// same bytes.
package sam
