// Why a job ended, as far as its log tells: ranks and mpirun say it in lines of their own.
#pragma once

#include <string>
#include <string_view>

namespace trunkline::cluster {

// The first line of `log` (what one job has written) that names a cause: a rank's refusal to start,
// an error of a rank, a broken invariant, or mpirun's word on which rank died of which signal;
// without time and program. Empty: none does. The first, because the others follow from it; that a
// rank could not leave in order is said only where nothing else is.
std::string last_words(std::string_view log);

// What was written to the file `path` after its first `from` bytes; empty if it cannot be read.
std::string written_since(const std::string& path, std::size_t from);

}  // namespace trunkline::cluster
