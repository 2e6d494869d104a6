# Appends to the file LIBRARY what LibraryHash.cs looks for: nativernn-sha256: and the hash of everything before, in hexadecimal.
# The loader maps what the ELF header speaks of and does not see it; strip and patchelf drop it.
file(SHA256 ${LIBRARY} hash)
file(APPEND ${LIBRARY} "nativernn-sha256:${hash}")
