# The command in an image of its own: docker build -t nativernn . && docker run --rm --read-only nativernn demo --seconds 10
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
RUN apt-get update && apt-get install -y --no-install-recommends binutils cmake gcc gzip libc6-dev libopenblas-dev make
WORKDIR /source
COPY . .
RUN ./build.sh pack

# The published command is whole: it needs no .NET and no OpenBLAS, only what runtime-deps has (the C and C++ libraries).
FROM mcr.microsoft.com/dotnet/runtime-deps:10.0
COPY --from=build /source/artifacts/publish/ /opt/nativernn/
USER 10001
WORKDIR /work
ENTRYPOINT ["/opt/nativernn/nativernn"]
