# cmake -DOWN=<this folder> -DFETCHED=<of fetch.cmake> -DOUTPUT=page_parts.cpp -P embed.cmake: the
# parts of the live page as bytes of a program. What is empty is left out.
set(PARTS
  "/lab|text/html|${OWN}/lab.html"
  "/lab/lab.css|text/css|${OWN}/lab.css"
  "/lab/lab.js|text/javascript|${OWN}/lab.js"
  "/lab/charts.js|text/javascript|${OWN}/charts.js"
  "/lab/icon.svg|image/svg+xml|${OWN}/icon.svg"
  "/lab/uplot.js|text/javascript|${FETCHED}/uPlot.iife.min.js"
  "/lab/uplot.css|text/css|${FETCHED}/uPlot.min.css"
  "/lab/uplot-license.txt|text/plain|${FETCHED}/LICENSE")
set(bodies "")
set(rows "")
set(count 0)
foreach(part ${PARTS})
  string(REPLACE "|" ";" part "${part}")
  list(GET part 0 path)
  list(GET part 1 type)
  list(GET part 2 file)
  file(READ ${file} hex HEX)
  if(hex STREQUAL "")
    continue()
  endif()
  file(SHA256 ${file} hash)
  string(SUBSTRING ${hash} 0 16 hash)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
  string(APPEND bodies "const char kBody${count}[] = {${bytes}};\n")
  string(APPEND rows "    {\"${path}\", \"${type}\", {kBody${count}, sizeof kBody${count}}, \"\\\"${hash}\\\"\"},\n")
  math(EXPR count "${count} + 1")
endforeach()
file(WRITE ${OUTPUT} "// Written by edge/page/embed.cmake.
#include \"edge/page.h\"

namespace trunkline::edge {
namespace {

${bodies}
const PagePart kParts[] = {
${rows}};

}  // namespace

std::span<const PagePart> page_parts() {
  return kParts;
}

}  // namespace trunkline::edge
")
