# An adapter on a host of its own.
name 'adapter'
run_list 'hubble_adapter::default'

cookbook 'hubble_adapter', path: '../cookbooks/hubble_adapter'
