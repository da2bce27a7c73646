# A broker: RabbitMQ with Web-STOMP, its users, the page. One node, or one of a cluster's.
name 'broker'
run_list 'rabbitmq_webstomp::default'

cookbook 'rabbitmq_webstomp', path: '../cookbooks/rabbitmq_webstomp'
