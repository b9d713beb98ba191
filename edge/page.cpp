#include "edge/page.h"

#include <algorithm>

namespace trunkline::edge {

const PagePart* page_part(std::string_view path) {
  const auto parts = page_parts();
  const auto found = std::find_if(parts.begin(), parts.end(),
                                  [path](const PagePart& part) { return part.path == path; });
  return found == parts.end() ? nullptr : &*found;
}

}  // namespace trunkline::edge
