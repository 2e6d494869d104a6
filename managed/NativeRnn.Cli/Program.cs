using NativeRnn.Cli;

return CommandLine.Run(args);
