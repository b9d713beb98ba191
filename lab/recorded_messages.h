// The traced messages of a launch (traced.bin), their stamps told by the laboratory's clock, as far
// as clock.csv and cells.jsonl say where the others stood.
#pragma once

#include <functional>
#include <string>

#include "lab/traced_messages.h"

namespace trunkline::lab {

// False: there is no such file. Throws std::runtime_error that names a file and what is wrong.
bool read_messages(const std::string& launch_directory,
                   const std::function<void(const TracedMessage&)>& on_message);

}  // namespace trunkline::lab
