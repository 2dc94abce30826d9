// Package project is the app that the tool works on: the folder with chain.yaml
// and, unless all steps are remote, the Go program that has the functions.
//
//	p, err := project.Find(ctx, project.Options{})   // chain.yaml, go.mod and the main package
//	app, err := p.Load(ctx)                          // builds it, asks it what it has, reads the chains
//	running, err := app.Program.Start(ctx, project.Start{...})
//	... running.URL() ...
//	<-running.Done()
//
// [Project.Load] is [Project.Build], [Program.Describe] and [Project.Read] in one,
// for commands that need no more than their results. A program that watches the
// folder calls them by themselves, with a file of its own for each build:
//
//	program, err := p.Build(ctx, "")     // an error has what Go prints
//	described, err := program.Describe(ctx)
//	chains, err := p.Read(described.Functions)
//
// A project without a program ([Project.Remote]) has remote steps only; it is
// served by the tool itself. All errors have the next step of the user, as
// [exit.Error]; chains that are invalid are a [chainfile.Errors].
package project
