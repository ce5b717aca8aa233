#pragma once

#include <tributary/optimizer/nesterov.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/adag.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/rule/dynsgd.hpp>
#include <tributary/rule/eamsgd.hpp>
#include <tributary/rule/easgd.hpp>
#include <tributary/rule/hogwild.hpp>
#include <tributary/rule/independent.hpp>
#include <tributary/rule/ssp.hpp>
#include <tributary/rule/synchronous_sgd.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/in_process.hpp>
