# Builds, tests, shows and packs NativeRnn: the verbs of build.sh.
# usage: ./build.ps1 [build|demo|test|bench|pack|clean]
param([ValidateSet('build', 'demo', 'test', 'bench', 'pack', 'clean')][string]$Verb = 'build')
$ErrorActionPreference = 'Stop'
Set-Location $PSScriptRoot
$cli = 'managed/NativeRnn.Cli/bin/Release/net10.0/NativeRnn.Cli.dll'

function Invoke-Checked([string]$Command, [string[]]$Arguments) {
    & $Command @Arguments
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
}

function Build {
    foreach ($tool in 'cmake', 'dotnet') {
        if (-not (Get-Command $tool -ErrorAction SilentlyContinue)) { Write-Error "$tool is missing; see README.md, Prerequisites" }
    }
    Invoke-Checked cmake @('--preset', 'release')
    Invoke-Checked cmake @('--build', '--preset', 'release', '--config', 'Release')
    Invoke-Checked dotnet @('build', 'NativeRnn.sln', '-c', 'Release', '-v', 'quiet', '-nologo')
    Set-Content artifacts/nativernn.cmd "@dotnet `"%~dp0..\$($cli.Replace('/', '\'))`" %*"
}

switch ($Verb) {
    'build' { Build }
    'demo' { Build; Invoke-Checked dotnet @($cli, 'demo') }
    'test' {
        Build
        Invoke-Checked ctest @('--preset', 'release')
        Invoke-Checked dotnet @('format', 'NativeRnn.sln', '--verify-no-changes', '--no-restore')
        Invoke-Checked dotnet @('test', 'NativeRnn.sln', '-c', 'Release', '--no-build', '-nologo')
    }
    'bench' { Build; Invoke-Checked dotnet @($cli, 'bench'); Invoke-Checked dotnet @('run', '--project', 'bench/NativeRnn.Bench', '-c', 'Release', '--no-build', '--', '--filter', '*') }
    'pack' {
        Build
        foreach ($project in 'managed/NativeRnn', 'managed/NativeRnn.Cli') { Invoke-Checked dotnet @('pack', $project, '-c', 'Release', '-nologo') }
    }
    'clean' { Remove-Item -Recurse -Force artifacts -ErrorAction Ignore; Invoke-Checked dotnet @('clean', 'NativeRnn.sln', '-c', 'Release') }
}
