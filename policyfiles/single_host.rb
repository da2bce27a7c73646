# Broker, page and adapter on one host.
name 'single_host'
run_list 'rabbitmq_webstomp::default', 'hubble_adapter::default'

cookbook 'hubble_adapter', path: '../cookbooks/hubble_adapter'
cookbook 'rabbitmq_webstomp', path: '../cookbooks/rabbitmq_webstomp'

# The password that the broker's recipe makes is the adapter's.
default['rabbitmq_webstomp']['generate_secrets'] = true
default['hubble_adapter']['config']['rabbitmq']['url'] = 'amqp://adapter@127.0.0.1:5672/hubble'
default['hubble_adapter']['config']['rabbitmq']['password_file'] = '/etc/hubble-adapter/rabbitmq.password'
