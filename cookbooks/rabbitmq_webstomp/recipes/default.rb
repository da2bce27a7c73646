# frozen_string_literal: true

include_recipe 'rabbitmq_webstomp::broker'
include_recipe 'rabbitmq_webstomp::topology'
include_recipe 'rabbitmq_webstomp::viewers'
include_recipe 'rabbitmq_webstomp::audit'
include_recipe 'rabbitmq_webstomp::page'
