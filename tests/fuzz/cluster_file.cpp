// The cluster file. What is read is written and read as the same; what is refused says why.
#include "wire/cluster_file.h"

#include <stdexcept>

#include "tests/fuzz/target.h"

namespace trunkline::fuzz {

void try_input(BytesView input) {
  wire::ClusterFile file;
  try {
    file = wire::parse_cluster_file(input);
  } catch (const std::runtime_error& why) {
    TRUNKLINE_CHECK(std::string_view(why.what()).starts_with("cluster file: "), "it says why");
    return;
  }
  const std::string text = wire::to_json(file);
  TRUNKLINE_CHECK(wire::to_json(wire::parse_cluster_file(text)) == text,
                  "what was read is written and read as the same");
}

}  // namespace trunkline::fuzz
