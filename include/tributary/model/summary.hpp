// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cctype>
#include <iomanip>
#include <map>
#include <string>
#include <tributary/core/text_stream.hpp>
#include <tributary/core/type_name.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/model/shape.hpp>

namespace tributary::inline v0_1 {

/// The layers of a net as text, like Keras' model.summary(): name and type, output shape (None
/// stands for the number of events), and number of parameters.
template <class Net>
std::string summary(const Net& net) {
  constexpr int name_width = 46, shape_width = 20, count_width = 12;
  const auto grouped = [](Index count) {  // 267002 to 267,002
    std::string digits = std::to_string(count);
    for (auto place = std::ssize(digits) - 3; place > 0; place -= 3)
      digits.insert(static_cast<std::size_t>(place), 1, ',');
    return digits;
  };
  const auto rule = [](char line) {
    return std::string(name_width + shape_width + count_width, line) + '\n';
  };
  const auto snake_case = [](const std::string& name) {
    std::string words;
    for (const char letter : name) {
      if (std::isupper(static_cast<unsigned char>(letter)) && !words.empty() &&
          !std::isdigit(static_cast<unsigned char>(words.back())))
        words += '_';
      words += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    }
    return words;
  };

  detail::TextStream text;
  text << std::left;
  const auto line = [&](const std::string& name, const std::string& shape,
                        const std::string& count) {
    text << ' ' << std::setw(name_width - 1) << name << std::setw(shape_width) << shape << count
         << '\n';
  };
  text << "Model: \"sequential\"\n" << rule('_');
  line("Layer (type)", "Output Shape", "Param #");
  text << rule('=');
  std::map<std::string, int> seen;
  net.describe([&]<class L>(const L&, Shape, Shape outputs, Index parameters) {
    const std::string type = plain_type_name<L>();
    detail::TextStream name, shape;
    name << snake_case(type);
    if (const int before = seen[type]++; before > 0) name << '_' << before;
    name << " (" << type << ')';
    shape << "(None, ";
    if (outputs.height * outputs.width > 1)
      shape << outputs.height << ", " << outputs.width << ", ";
    shape << outputs.channels << ')';
    line(name.str(), shape.str(), grouped(parameters));
  });
  text << rule('=') << "Total params: " << grouped(net.parameter_count()) << '\n' << rule('_');
  return text.str();
}

}  // namespace tributary::inline v0_1
