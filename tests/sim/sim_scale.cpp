// Prints how a cluster grows, as the table of the docs: 2 to 1,024 ranks, or those that are named.
#include <cstdio>
#include <cstdlib>

#include "tests/sim/scale.h"

int main(int argc, char** argv) {
  using namespace trunkline;
  std::vector<std::size_t> sizes;
  for (int n = 1; n < argc; ++n) sizes.push_back(std::strtoull(argv[n], nullptr, 10));
  if (sizes.empty()) sizes = {2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};
  for (const routing::Routes routes : {routing::Routes::home, routing::Routes::hint}) {
    std::vector<sim::Scale> rows;
    for (const std::size_t ranks : sizes) {
      rows.push_back(sim::measure_scale(ranks, 8, 2, routes));
    }
    std::printf("--routes %s\n\n%s\n", routes == routing::Routes::home ? "home" : "hint",
                sim::markdown_of(rows).c_str());
  }
}
