// Package scaffold writes apps and adds functions to them.
//
// [New] renders a template into the files of an app, and [Write] writes them; [Add]
// finds what a further function changes in an app. A template is a folder of files
// in which {{homing.name}}, {{homing.module}} and the like stand for values, in the
// names of files, too; every other {{…}} is left alone. A file X.tmpl is written as X.
package scaffold
