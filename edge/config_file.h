// Options of a command line from a TOML file.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace trunkline::edge {

// Gives each option that the command line has not named the value of its key in the file; an array
// is the option repeated. Unknown keys are errors. Throws std::runtime_error with
// `path:line:column`. REQUIRES: `app` has parsed.
void take_config_file(CLI::App& app, const std::string& path);

}  // namespace trunkline::edge
