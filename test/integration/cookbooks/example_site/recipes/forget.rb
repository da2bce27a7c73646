# frozen_string_literal: true

# What an operator runs on a node that is left when another will not come back.
rabbitmq_webstomp_member node['example_site']['lost'] do
  action :forget
end
