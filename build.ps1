# Builds, tests and shows NativeRnn: the verbs of build.sh.
# usage: ./build.ps1 [build|demo|test|bench|pack|cross|clean]
param([ValidateSet('build', 'demo', 'test', 'bench', 'pack', 'cross', 'clean')][string]$Verb = 'build')
$ErrorActionPreference = 'Stop'
Set-Location $PSScriptRoot

# Where there is a shell, build.sh does the work.
if ($IsWindows -eq $false) {
    & bash ./build.sh $Verb
    exit $LASTEXITCODE
}

# Windows: the C library is not built there yet, so everything runs on the managed backend.
$cli = 'managed/NativeRnn.Cli/bin/Release/net10.0/NativeRnn.Cli.dll'
function Invoke-Dotnet {
    & dotnet @args
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
}
function Build {
    if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) { throw 'the .NET 10 SDK is missing; see https://dotnet.microsoft.com/download' }
    Invoke-Dotnet build NativeRnn.sln -c Release -v quiet -nologo
    New-Item -ItemType Directory -Force artifacts | Out-Null
    Set-Content artifacts/nativernn.cmd "@dotnet `"%~dp0..\$($cli.Replace('/', '\'))`" %*"
}
switch ($Verb) {
    'build' { Build }
    'demo' { Build; Invoke-Dotnet $cli demo --backend managed }
    'clean' { Remove-Item -Recurse -Force artifacts -ErrorAction Ignore; Invoke-Dotnet clean NativeRnn.sln -c Release -v quiet -nologo }
    default { throw "$Verb needs the C library, which is not built on Windows yet; use Linux, or the Windows Subsystem for Linux" }
}
