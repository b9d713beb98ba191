// From what, and by what, these programs were built: found out at each build
// (cmake/build_facts.cmake). "" where nobody knows, as of a source tree without git.
#pragma once

namespace trunkline::lab {

extern const char* const kBuildVersion;
extern const char* const kBuildCommit;
extern const bool kBuildDirty;  // with changes that were not committed
extern const char* const kBuildCompiler;
extern const char* const kBuildFlags;
extern const char* const kBuildMpi;
extern const char* const kBuildZmq;
extern const char* const kBuildLmdb;

}  // namespace trunkline::lab
