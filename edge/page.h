// The parts of the live page, as they were built into this program: our own (edge/page/), and uPlot
// where npm could bring it.
#pragma once

#include <span>
#include <string_view>

namespace trunkline::edge {

struct PagePart {
  std::string_view path;  // "/lab", "/lab/lab.css" …
  std::string_view type;  // of its content
  std::string_view body;
  std::string_view etag;  // quoted; of the content
};

// Written by page/embed.cmake.
std::span<const PagePart> page_parts();

// Null where there is none of this path.
const PagePart* page_part(std::string_view path);

}  // namespace trunkline::edge
