# Run at each build: writes OUTPUT (lab/build_facts.h says what), unless it says the same already.
execute_process(COMMAND git rev-parse HEAD WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE commit
  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
execute_process(COMMAND git status --porcelain --untracked-files=no WORKING_DIRECTORY ${SOURCE}
  OUTPUT_VARIABLE changes ERROR_QUIET)
set(dirty false)
if(changes)
  set(dirty true)
endif()
set(text "#include \"lab/build_facts.h\"

namespace trunkline::lab {

const char* const kBuildVersion = \"${VERSION}\";
const char* const kBuildCommit = \"${commit}\";
const bool kBuildDirty = ${dirty};
const char* const kBuildCompiler = \"${COMPILER}\";
const char* const kBuildFlags = \"${FLAGS}\";
const char* const kBuildMpi = \"${MPI}\";
const char* const kBuildZmq = \"${ZMQ}\";
const char* const kBuildLmdb = \"${LMDB}\";

}  // namespace trunkline::lab
")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} before)
endif()
if(NOT text STREQUAL "${before}")
  file(WRITE ${OUTPUT} "${text}")
endif()
